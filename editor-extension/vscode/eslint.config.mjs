import path from "node:path";
import { fileURLToPath } from "node:url";
import tseslint from "typescript-eslint";

const here = path.dirname(fileURLToPath(import.meta.url));

export default tseslint.config(
  { ignores: ["dist/", "scripts/", "**/*.gen.ts", "eslint.config.mjs"] },
  ...tseslint.configs.strictTypeChecked,
  ...tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: {
      parserOptions: { project: "./tsconfig.json", tsconfigRootDir: here },
    },
    rules: {
      "max-lines": ["error", { max: 300 }],
      "max-lines-per-function": ["error", { max: 60 }],
      "max-params": ["error", 5],
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      // The server omits empty values, and an empty text means the same as a missing one.
      "@typescript-eslint/prefer-nullish-coalescing": ["error", { ignorePrimitives: { string: true } }],
      // VS Code's factories return disposables by interface.
      "@typescript-eslint/no-unsafe-class-instance-assignment": "off",
    },
  },
);
