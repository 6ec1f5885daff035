/**
 * What this client says of itself to the server, and what of the library's ways it does without.
 */
import type { StaticFeature } from "vscode-languageclient/node";

/** What this client draws and answers itself, beyond LSP. */
const EXPERIMENTAL_CAPABILITIES = { cellbridge: { outputs: true, variables: true } };

/** Keeps the client from registering the server's commands: commands/ has them, server or not. */
export class LocalCommandsFeature implements StaticFeature {
  fillClientCapabilities(): void {
    // Nothing of its own is announced.
  }

  preInitialize(capabilities: { executeCommandProvider?: unknown }): void {
    delete capabilities.executeCommandProvider;
  }

  initialize(): void {
    // Done before.
  }

  getState(): { kind: "static" } {
    return { kind: "static" };
  }

  clear(): void {
    // Holds nothing.
  }
}

/** Announces what is drawn here, so that the server sends it. */
export class CapabilitiesFeature implements StaticFeature {
  fillClientCapabilities(capabilities: { experimental?: unknown }): void {
    capabilities.experimental = { ...(capabilities.experimental ?? {}), ...EXPERIMENTAL_CAPABILITIES };
  }

  initialize(): void {
    // The server needs nothing more.
  }

  getState(): { kind: "static" } {
    return { kind: "static" };
  }

  clear(): void {
    // Holds nothing.
  }
}
