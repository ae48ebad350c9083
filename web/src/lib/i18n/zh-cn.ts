/** Catalogue zh-cn, one file per area. */
import board from './zh-cn/board.json';
import call from './zh-cn/call.json';
import calls from './zh-cn/calls.json';
import common from './zh-cn/common.json';
import desk from './zh-cn/desk.json';
import shell from './zh-cn/shell.json';
import signIn from './zh-cn/sign-in.json';
import users from './zh-cn/users.json';

export const zhCn = { ...common, shell, sign_in: signIn, board, calls, call, desk, users };
