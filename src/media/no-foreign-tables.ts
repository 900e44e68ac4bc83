import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Environment that keeps a statically linked ffmpeg or ffprobe from loading the system's character tables.
 *
 * Where a file's texts are in an old character set (the name of the service in MPEG-TS), glibc looks for a table,
 * a shared library. A static program brings a glibc of its own, and dies (SIGSEGV) when the system's is another:
 * the bundled ffprobe did so on every .ts file. The folder named here has a list of these tables that comes before
 * the system's and leads nowhere, so those texts stay as they are. facet reads none of them.
 */
export const noForeignTables = {
  GCONV_PATH: dirname(fileURLToPath(new URL('../../src/media/gconv/gconv-modules', import.meta.url))),
} as const;
