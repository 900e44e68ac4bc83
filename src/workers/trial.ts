import { trial, type TrialMessage } from '../nets/trial.ts';

// Process entry: tries one execution provider and tells its parent how far it comes.

const [provider = '', mode] = process.argv.slice(2);
const tell = (message: TrialMessage): Promise<void> =>
  new Promise((resolve) => {
    if (process.send) process.send(message, undefined, undefined, () => resolve());
    else resolve();
  });
await trial(provider, mode === 'timed', tell);
// Some drivers keep threads that would hold the process.
process.exit(0);
