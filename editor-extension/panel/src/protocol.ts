/** The language server's own types, generated from its declarations. Types only: nothing is bundled. */

export type * from "../../vscode/src/protocol.gen";
