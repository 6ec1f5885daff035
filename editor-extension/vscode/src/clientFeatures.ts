/**
 * Features of the language client: the capabilities it announces, and the commands it does not register.
 */
import type { StaticFeature } from "vscode-languageclient/node";

/** Capabilities beyond LSP: the client draws outputs, shows variables and debugs by itself. */
const EXPERIMENTAL_CAPABILITIES = { cellbridge: { outputs: true, variables: true, debug: true } };

/** Keeps the client from registering the server's commands: commands/ registers them, with or without a server. */
export class LocalCommandsFeature implements StaticFeature {
  fillClientCapabilities(): void {
    // This feature has no capabilities.
  }

  preInitialize(capabilities: { executeCommandProvider?: unknown }): void {
    delete capabilities.executeCommandProvider;
  }

  initialize(): void {
    // Nothing to initialize.
  }

  getState(): { kind: "static" } {
    return { kind: "static" };
  }

  clear(): void {
    // Nothing to clear.
  }
}

/** Announces the experimental capabilities, so that the server sends outputs. */
export class CapabilitiesFeature implements StaticFeature {
  fillClientCapabilities(capabilities: { experimental?: unknown }): void {
    capabilities.experimental = { ...(capabilities.experimental ?? {}), ...EXPERIMENTAL_CAPABILITIES };
  }

  initialize(): void {
    // Nothing to initialize.
  }

  getState(): { kind: "static" } {
    return { kind: "static" };
  }

  clear(): void {
    // Nothing to clear.
  }
}
