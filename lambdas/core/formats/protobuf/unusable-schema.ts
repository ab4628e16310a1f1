/** A schema that cannot be used: what it says, not what a payload says. */
export class UnusableSchema extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'UnusableSchema';
  }
}
