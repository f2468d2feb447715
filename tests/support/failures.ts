/** The error with which `work` fails. Throws when it succeeds. */
export async function failureOf(work: () => unknown): Promise<Error> {
  try {
    await work();
  } catch (error) {
    if (error instanceof Error) return error;
    throw new Error(`something was thrown that is no error: ${String(error)}`, { cause: error });
  }
  throw new Error('it did not fail');
}
