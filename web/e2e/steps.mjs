/** What all walks through the pages share: a browser, a clock, people who log in by the form, and lines that say what was seen. */
import { chromium } from 'playwright-core';

export const server = (process.env.SERVER ?? 'http://127.0.0.1:8080').replace(/\/$/, '');
const began = Date.now();

/** One line of the report, with the seconds since the beginning. */
export const say = (text) => console.log(`${((Date.now() - began) / 1000).toFixed(1).padStart(5)} s  ${text}`);

/** Fails the walk unless it holds. */
export function must(holds, what) {
  if (!holds) throw new Error(what);
}

export const launch = (more = []) => chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--autoplay-policy=no-user-gesture-required', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', ...more],
});

/** A page of a person who logs in by the form; `who` is "name:password". Errors of the page are kept in `page.faults`. */
export async function logIn(browser, who) {
  const [name, password] = who.split(':');
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'zh-CN' });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  page.faults = [];
  page.on('pageerror', (error) => page.faults.push(error.message));
  page.on('console', (message) => { if (/Content.Security.Policy|violates/i.test(message.text())) page.faults.push(message.text()); });
  await page.goto(`${server}/sign-in`);
  await page.fill('#name', name);
  await page.fill('#password', password);
  await page.keyboard.press('Enter');
  await page.waitForSelector('.shell');
  return page;
}

/** Runs the walk, at most `limitS` seconds, in a Chromium with more arguments if there are any; the process ends with 0, or with 1 and what was not seen. */
export async function walk(name, limitS, steps, more = []) {
  const browser = await launch(more);
  const late = setTimeout(() => { say(`FAILED ${name}: not done within ${limitS} s`); process.exit(1); }, limitS * 1000);
  try {
    await steps(browser);
    say(`PASSED ${name}`);
  } catch (error) {
    say(`FAILED ${name}: ${error.message}`);
    if (process.env.SHOTS) {
      const pages = browser.contexts().flatMap((context) => context.pages());
      await Promise.all(pages.map((page, index) => page.screenshot({ path: `${process.env.SHOTS}/${name}-${index}.png` }).catch(() => undefined)));
    }
    process.exitCode = 1;
  } finally {
    clearTimeout(late);
    await browser.close();
  }
}
