/** The table of dead letters, one for each environment; its settings may be given like any table's, its schema may not. */
export const deadLetterTable = 'dead_letters';
