/** Pure: how a message changes the live picture, and when only a fresh snapshot helps. */
import type { LiveState, Patch, ServerMessage } from './types';

export interface Picture { seq: number; state: LiveState }
export type Outcome = { kind: 'picture'; picture: Picture } | { kind: 'unchanged' } | { kind: 'resync' };

type Tree = { [name: string]: unknown };
const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null && !Array.isArray(value);
const forbidden = new Set(['__proto__', 'constructor', 'prototype']);

function put(tree: Tree, path: string[], value: unknown): Tree {
  const [name, ...rest] = path;
  if (name === undefined || forbidden.has(name)) return tree;
  if (rest.length > 0) {
    const below = tree[name];
    if (!isTree(below) && value === null) return tree;
    return { ...tree, [name]: put(isTree(below) ? below : {}, rest, value) };
  }
  if (value !== null) return { ...tree, [name]: value };
  if (!(name in tree)) return tree;
  const copy = { ...tree };
  delete copy[name];
  return copy;
}

/** Set or, with null, delete at each path. Branches that are not touched stay the same objects. */
export function applyPatch(state: LiveState, patch: Patch[]): LiveState {
  return patch.reduce<Tree>((tree, { path, value }) => put(tree, path, value), state as unknown as Tree) as unknown as LiveState;
}

/** Facts must follow the last number seen without a gap; what was already seen is dropped. */
export function applyMessage(picture: Picture | null, message: ServerMessage): Outcome {
  if (message.type === 'snapshot') return { kind: 'picture', picture: { seq: message.seq, state: message.state } };
  if (message.type !== 'facts') return { kind: 'unchanged' };
  if (!picture) return { kind: 'resync' };
  if (message.seq <= picture.seq) return { kind: 'unchanged' };
  if (message.from !== picture.seq + 1) return { kind: 'resync' };
  return { kind: 'picture', picture: { seq: message.seq, state: applyPatch(picture.state, message.patch) } };
}
