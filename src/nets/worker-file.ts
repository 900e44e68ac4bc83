/**
 * URL of a compiled worker entry in dist/workers. Worker threads of Node 20 cannot load TypeScript, so the
 * sources (tests, benches) use the compiled workers too.
 *
 * @param name file name without extension
 */
export function workerFile(name: string): URL {
  const base = import.meta.url.replace(/\/src\/nets\/[^/]+$/, '/dist/nets/x.js');
  return new URL(`../workers/${name}.js`, base);
}
