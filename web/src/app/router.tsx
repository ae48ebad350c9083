/** Addresses, who may open them, and what is loaded when. */
import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect, type ErrorComponentProps } from '@tanstack/react-router';
import { whenSignedOut } from '@/lib/api/client';
import { forgetSession, home, mayOpen, sessionQuery, type Module } from '@/lib/api/session';
import type { SessionUser } from '@/lib/api/types';
import { parseFilter } from '@/features/calls/model/filter';
import { PasswordPage } from '@/features/sign-in/password-page';
import { SignInPage } from '@/features/sign-in/sign-in-page';
import { stopLive } from '@/live/store';
import { CrashPage, ForbiddenPage, NotFoundPage } from './error-pages';
import { queryClient } from './query-client';
import { safeNext } from './safe-next';
import { Shell } from './shell/shell';

async function loggedIn(href: string): Promise<SessionUser> {
  const user = await queryClient.ensureQueryData(sessionQuery);
  if (!user) throw redirect({ to: '/sign-in', search: { next: href === '/' ? undefined : href } });
  if (user.must_change_password) throw redirect({ to: '/password' });
  return user;
}

function guard(module: Module) {
  return async ({ location }: { location: { href: string } }) => {
    const user = await loggedIn(location.href);
    if (!mayOpen(user, module)) throw new ForbiddenError();
  };
}
export class ForbiddenError extends Error {}

function ErrorPage({ error, reset }: ErrorComponentProps) {
  return error instanceof ForbiddenError ? <ForbiddenPage /> : <CrashPage error={error instanceof Error ? error : new Error(String(error))} onRetry={() => { reset(); void router.invalidate(); }} />;
}

const rootRoute = createRootRoute({ notFoundComponent: NotFoundPage, errorComponent: ErrorPage });

const signInRoute = createRoute({
  getParentRoute: () => rootRoute, path: '/sign-in', component: SignInPage,
  validateSearch: (search: Record<string, unknown>): { next?: string } => ({ next: safeNext(search.next) }),
  beforeLoad: async ({ search }) => {
    const user = await queryClient.ensureQueryData(sessionQuery).catch(() => null);
    if (user) throw redirect({ to: user.must_change_password ? '/password' : search.next ?? home(user) });
  },
});
const passwordRoute = createRoute({
  getParentRoute: () => rootRoute, path: '/password', component: PasswordPage,
  beforeLoad: async () => {
    if (!(await queryClient.ensureQueryData(sessionQuery))) throw redirect({ to: '/sign-in', search: {} });
  },
});
const shellRoute = createRoute({
  getParentRoute: () => rootRoute, id: 'shell', component: Shell,
  beforeLoad: async ({ location }) => { await loggedIn(location.href); },
});
const homeRoute = createRoute({
  getParentRoute: () => shellRoute, path: '/',
  beforeLoad: async ({ location }) => { throw redirect({ to: home(await loggedIn(location.href)) }); },
});
const deskRoute = createRoute({
  getParentRoute: () => shellRoute, path: '/desk', beforeLoad: guard('desk'),
  component: lazyRouteComponent(() => import('@/features/agent/desk-page'), 'DeskPage'),
});
const floorRoute = createRoute({
  getParentRoute: () => shellRoute, path: '/floor', beforeLoad: guard('floor'),
  component: lazyRouteComponent(() => import('@/features/board/board-page'), 'BoardPage'),
});
const callsRoute = createRoute({
  getParentRoute: () => shellRoute, path: '/calls', beforeLoad: guard('calls'), validateSearch: parseFilter,
  component: lazyRouteComponent(() => import('@/features/calls/calls-page'), 'CallsPage'),
});
const callRoute = createRoute({
  getParentRoute: () => shellRoute, path: '/calls/$id', beforeLoad: guard('calls'),
  component: lazyRouteComponent(() => import('@/features/calls/call-page'), 'CallPage'),
});
const usersRoute = createRoute({
  getParentRoute: () => shellRoute, path: '/users', beforeLoad: guard('users'),
  component: lazyRouteComponent(() => import('@/features/users/users-page'), 'UsersPage'),
});
/** An unknown address keeps the call bar: a call may be going on. */
const unknownRoute = createRoute({ getParentRoute: () => shellRoute, path: '$', component: NotFoundPage });

export const router = createRouter({
  routeTree: rootRoute.addChildren([
    signInRoute, passwordRoute,
    shellRoute.addChildren([homeRoute, deskRoute, floorRoute, callsRoute, callRoute, usersRoute, unknownRoute]),
  ]),
  defaultErrorComponent: ErrorPage,
  defaultNotFoundComponent: NotFoundPage,
  defaultPendingMs: 300,
});

declare module '@tanstack/react-router' {
  interface Register { router: typeof router }
}

/** The session ended on the server: forget what was seen; the shell then asks to log in again. */
whenSignedOut(() => {
  stopLive();
  forgetSession(queryClient);
});
