/**
 * Offers `cellbridge mcp`, a server of the Model Context Protocol, to VS Code.
 *
 * It is the only way by which agents in VS Code get tools. VS Code passes the tools of such servers to
 * its agent mode and, as `vscode.lm.tools`, to every extension. Tools that the extension contributes
 * itself (`contributes.languageModelTools`) would be a second description of the same tools, and a
 * second way to a session next to that of all other clients. The server owns the limits of an answer,
 * the user's permission and the log. Such tools also have no resources and no questions to the user.
 *
 * Owns the definition of the server. The Python is that of the language server. Before 1.101, VS Code
 * has no such definitions, and nothing is offered.
 */
import * as vscode from "vscode";
import { installAgentTools, InstallationError } from "../server/installation";
import { checkAgentTools } from "../server/interpreterCheck";
import type { Launch } from "../server/launch";
import type { Services } from "../services";

/** The id in `contributes.mcpServerDefinitionProviders`. */
const PROVIDER = "cellbridge";
const INSTALL = "Install";
const SHOW_LOG = "Show Log";

/** The used part of VS Code's interface, which the types of the oldest supported version lack. */
interface McpInterface {
  lm?: {
    registerMcpServerDefinitionProvider?: (id: string, provider: DefinitionProvider) => vscode.Disposable;
  };
  McpStdioServerDefinition?: new (
    label: string,
    command: string,
    args: string[],
    environment: Record<string, string>,
    version: string,
  ) => ServerDefinition;
}

interface ServerDefinition {
  cwd?: vscode.Uri;
}

interface DefinitionProvider {
  onDidChangeMcpServerDefinitions: vscode.Event<void>;
  provideMcpServerDefinitions(): Promise<ServerDefinition[]>;
  /** Called before the server starts. It does not start without a definition. */
  resolveMcpServerDefinition(server: ServerDefinition): Promise<ServerDefinition | undefined>;
}

/** Register the server. `started` is fulfilled after the first start of the language server. */
export function registerMcpServer(services: Services, started: Promise<void>): vscode.Disposable[] {
  // SAFETY: all members are optional, and the types are those of VS Code's documentation.
  const { lm, McpStdioServerDefinition: Definition } = vscode as McpInterface;
  if (lm?.registerMcpServerDefinitionProvider === undefined || Definition === undefined) {
    return [];
  }
  const { client, context } = services;
  const { version } = context.extension.packageJSON as { version: string };
  const changes = new vscode.EventEmitter<void>();
  return [
    changes,
    client.onDidChangeState((state) => {
      if (state === "starting") {
        changes.fire(); // Another Python may have been selected.
      }
    }),
    lm.registerMcpServerDefinitionProvider(PROVIDER, {
      onDidChangeMcpServerDefinitions: changes.event,
      provideMcpServerDefinitions: async () => {
        await started;
        if (!client.hasLaunch) {
          return [];
        }
        const { command, args } = client.launch;
        const made = new Definition("Cellbridge", command, [...args, "mcp"], {}, version);
        const folder = vscode.workspace.workspaceFolders?.find(({ uri }) => uri.scheme === "file");
        // Scripts are named relative to it.
        return [folder === undefined ? made : Object.assign(made, { cwd: folder.uri })];
      },
      resolveMcpServerDefinition: async (server) =>
        (await ensurePackages(services, client.launch)) ? server : undefined,
    }),
  ];
}

/** Return true if the server can start. Missing packages are installed if the user agrees. */
async function ensurePackages({ log }: Services, launch: Launch): Promise<boolean> {
  const missing = await checkAgentTools(launch.command, launch.args);
  if (missing === "") {
    return true;
  }
  log.warn(missing);
  const question = `Cellbridge needs more packages to offer its tools to agents. Install them in ${launch.command}?`;
  const answer = await vscode.window.showInformationMessage(question, INSTALL, SHOW_LOG);
  if (answer === SHOW_LOG) {
    log.show();
  }
  return answer === INSTALL && (await installPackages(log, launch));
}

/** Install the packages. Return false if the user cancels, or after the failure was shown. */
async function installPackages(log: vscode.LogOutputChannel, launch: Launch): Promise<boolean> {
  try {
    await installAgentTools(log, launch.command);
    const missing = await checkAgentTools(launch.command, launch.args);
    if (missing !== "") {
      throw new InstallationError(missing);
    }
    return true;
  } catch (error) {
    if (!(error instanceof vscode.CancellationError)) {
      const why = error instanceof InstallationError ? error.message : String(error);
      log.error(why);
      if ((await vscode.window.showErrorMessage(why, SHOW_LOG)) === SHOW_LOG) {
        log.show();
      }
    }
    return false;
  }
}
