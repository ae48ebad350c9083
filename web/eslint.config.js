/** Lint: strict types, hooks, and the import zones drawn from the folder list. */
import { readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import importX from 'eslint-plugin-import-x';
import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript';
import reactHooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

const root = dirname(fileURLToPath(import.meta.url));
const features = readdirSync(`${root}/src/features`);
const at = (path) => `${root}/src/${path}`;

/** app -> features -> live -> lib, features -> ui; features never see each other. */
export const zones = [
  ...features.map((name) => ({ target: at(`features/${name}`), from: at('features'), except: [`./${name}`] })),
  { target: at('features'), from: at('app') },
  { target: at('live'), from: [at('ui'), at('features'), at('app')] },
  { target: at('ui'), from: [at('lib/api'), at('live'), at('features'), at('app')] },
  { target: at('lib'), from: [at('ui'), at('live'), at('features'), at('app')] },
];

export default tseslint.config(
  { ignores: ['dist', 'node_modules', 'src/lib/api/generated.ts'] },
  {
    files: ['src/**/*.{ts,tsx}'],
    extends: [tseslint.configs.recommended],
    plugins: { 'import-x': importX, 'react-hooks': reactHooks },
    settings: { 'import-x/resolver-next': [createTypeScriptImportResolver({ project: `${root}/tsconfig.json` })] },
    rules: {
      'import-x/no-cycle': 'error',
      'import-x/no-restricted-paths': ['error', { zones }],
      'react-hooks/rules-of-hooks': 'error',
      'react-hooks/exhaustive-deps': 'error',
      'max-lines': ['error', { max: 250, skipBlankLines: true, skipComments: true }],
      'no-restricted-syntax': ['error',
        { selector: "Literal[value=/^#[0-9a-fA-F]{3,8}$/]", message: 'Colours are tokens: take them from ui/theme.ts.' },
        { selector: "JSXText[value=/[\\u4e00-\\u9fff]/]", message: 'Words live in the catalogues.' }],
      eqeqeq: 'error',
    },
  },
  { files: ['src/ui/theme.ts'], rules: { 'no-restricted-syntax': 'off' } },
);
