/** The application and its version, in the form that Parquet's readers parse. */
export const createdBy = 'alluvium version 0.1.0';
