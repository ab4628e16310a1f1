/** An error as a state machine sees it: `name` is what Retry and Catch compare. */
export class IntegrationError extends Error {
  constructor(name: string, cause: string) {
    super(cause);
    this.name = name;
  }
}
