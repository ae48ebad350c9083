/** The tokens of theme.ts as CSS variables, so that style sheets hold no literal colour. */
import { agentStates, callBar, chartColors, color, fontFamily, stateColors, type Mode } from './theme';

const kebab = (name: string) => name.replace(/[A-Z]|[0-9]+$/g, (part) => (/[A-Z]/.test(part) ? `-${part.toLowerCase()}` : part));

/** One declaration list for `:root`. */
export function cssVariables(mode: Mode): string {
  const lines: string[] = [`color-scheme: ${mode}`, `--font: ${fontFamily}`];
  for (const [name, value] of Object.entries(color[mode])) lines.push(`--${kebab(name)}: ${value}`);
  for (const state of agentStates) {
    lines.push(`--s-${state}: ${stateColors[mode][state].fg}`, `--b-${state}: ${stateColors[mode][state].bg}`);
    lines.push(`--d-${state}: ${stateColors.dark[state].fg}`);
  }
  for (const [name, value] of Object.entries(callBar[mode])) lines.push(`--bar-${name}: ${value}`);
  lines.push(`--hang-up: ${callBar.hangUp}`, `--answer: ${callBar.answer}`);
  lines.push(`--bar-talking: ${callBar.talking}`, `--bar-ready: ${callBar.ready}`, `--bar-ringing: ${callBar.ringing}`);
  chartColors[mode].forEach((value, index) => lines.push(`--chart${index + 1}: ${value}`));
  lines.push(`--on-state: ${mode === 'dark' ? color.dark.bg : color.light.card}`, `--on-primary: ${color.light.card}`);
  return `${lines.join(';\n')};`;
}
