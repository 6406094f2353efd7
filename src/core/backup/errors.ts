// Why a text is not taken for a backup.

/** Its message is a sentence for whoever gave the file. */
export class BackupError extends Error {
  override readonly name = 'BackupError'
}
