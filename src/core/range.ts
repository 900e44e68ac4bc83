/**
 * Part of a file. Times count in seconds from the file's beginning, and a frame belongs to the part when it
 * begins in it (start ≤ time < end). Frame numbers count from 0 and include both ends.
 */
export type Range =
  | { readonly kind: 'time'; readonly startSeconds: number; readonly endSeconds: number | undefined }
  | { readonly kind: 'frames'; readonly first: number; readonly last: number | undefined };
