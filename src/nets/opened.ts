import type { NetworkEntry, Role } from '../core/profile.ts';
import type { Scope } from '../core/scope.ts';
import type { Net } from './net.ts';

/** A network of the profile, open, with what the manifest says of it. */
export type OpenedNet = { readonly net: Net; readonly entry: NetworkEntry };

/** Opens the network of a role on the device that was chosen for it, in a run's scope. */
export type OpenRole = (role: Role, scope: Scope) => Promise<OpenedNet>;
