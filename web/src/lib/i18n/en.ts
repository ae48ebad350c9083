/** Catalogue en, one file per area. */
import board from './en/board.json';
import call from './en/call.json';
import calls from './en/calls.json';
import common from './en/common.json';
import desk from './en/desk.json';
import shell from './en/shell.json';
import signIn from './en/sign-in.json';
import users from './en/users.json';

export const en = { ...common, shell, sign_in: signIn, board, calls, call, desk, users };
