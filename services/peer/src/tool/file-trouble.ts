/** What the commonest errors of a disk mean to a person. */
const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'it is not permitted',
  EEXIST: 'there is a file of that name',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'a file is in the place of a folder',
  EPERM: 'it is not permitted',
  EROFS: 'the disk can only be read',
};

/** Why a file or folder could not be made, in words. */
export function fileTrouble(error: NodeJS.ErrnoException): string {
  return REASONS[error.code ?? ''] ?? error.message;
}
