/** One door to the server: JSON in, JSON or a problem out. */
import type { Problem } from './types';

/** What the server refused, or that it could not be reached (status 0, code "unreachable"). */
export class ApiError extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(`${problem.status} ${problem.code}`);
    this.problem = problem;
  }
  get status() { return this.problem.status; }
  get code() { return this.problem.code; }
}

type Query = Record<string, string | number | boolean | null | undefined>;
let onSignedOut: () => void = () => undefined;

/** Called when the server no longer knows the session. */
export function whenSignedOut(handler: () => void): void {
  onSignedOut = handler;
}

/** A path with its query; empty values are left out. */
export function withQuery(path: string, query?: Query): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== null && value !== '') search.set(name, String(value));
  }
  const text = search.toString();
  return text ? `${path}?${text}` : path;
}

async function problemOf(response: Response): Promise<Problem> {
  const body = (await response.json().catch(() => null)) as Partial<Problem> | null;
  const retry = Number(response.headers.get('Retry-After'));
  return {
    ...(body ?? {}),
    status: response.status,
    code: body?.code ?? `http-${response.status}`,
    retry_after_s: body?.retry_after_s ?? (retry > 0 ? retry : undefined),
  };
}

async function send<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const headers: Record<string, string> = { Accept: 'application/json' };
  if (method !== 'GET') headers['X-Requested-With'] = 'cordboard';
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  let response: Response;
  try {
    response = await fetch(path, { method, headers, signal, credentials: 'same-origin', body: body === undefined ? undefined : JSON.stringify(body) });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new ApiError({ status: 0, code: 'unreachable' });
  }
  if (!response.ok) {
    const problem = await problemOf(response);
    if (problem.code === 'signed-out' && path !== '/api/session') onSignedOut();
    throw new ApiError(problem);
  }
  if (response.status === 204) return undefined as T;
  return (await response.json()) as T;
}

export const api = {
  get: <T>(path: string, query?: Query, signal?: AbortSignal) => send<T>('GET', withQuery(path, query), undefined, signal),
  post: <T>(path: string, body: unknown = {}) => send<T>('POST', path, body),
  patch: <T>(path: string, body: unknown) => send<T>('PATCH', path, body),
  delete: <T>(path: string) => send<T>('DELETE', path),
};
