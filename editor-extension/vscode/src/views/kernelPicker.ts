/**
 * The list of kernels for a script.
 *
 * Owns the list, and the installation of ipykernel into an environment without it.
 */
import * as vscode from "vscode";
import { reportErrors, activeLocation } from "../commands/activeEditor";
import type { KernelChoice } from "../protocol.gen";
import type { Services } from "../services";

/** Time between two requests for the list while the server searches for environments, in milliseconds. */
const POLL_INTERVAL = 700;

interface Item extends vscode.QuickPickItem {
  choice?: KernelChoice;
  search?: boolean;
}

/** Register the command. */
export function registerKernelPicker(services: Services): vscode.Disposable[] {
  return [
    vscode.commands.registerCommand("cellbridge.selectKernel", (given?: { uri?: string }) =>
      reportErrors(services, async () => {
        const uri = given?.uri ?? activeLocation()?.uri;
        const choice = uri && (await pickKernel(services, uri));
        if (uri && choice) {
          await selectKernel(services, uri, choice);
        }
      }),
    ),
  ];
}

/** Let the user pick a kernel. Return undefined if the list is closed. */
async function pickKernel(services: Services, uri: string): Promise<KernelChoice | undefined> {
  const box = vscode.window.createQuickPick<Item>();
  box.title = "Select Kernel";
  box.placeholder = "Select the kernel that runs the cells of this script";
  box.matchOnDescription = true;
  box.matchOnDetail = true;
  box.busy = true;
  box.show();
  let timer: NodeJS.Timeout | undefined;
  const fill = async (search: boolean): Promise<void> => {
    const found = await services.client.request("cellbridge/kernels", { uri, search });
    box.items = toItems(found.choices, search);
    box.title = found.reason;
    box.busy = found.searching === true;
    if (found.searching) {
      timer = setTimeout(() => void fill(true).catch(() => undefined), POLL_INTERVAL);
    }
  };
  try {
    return await new Promise<KernelChoice | undefined>((resolve, reject) => {
      box.onDidAccept(() => {
        const [chosen] = box.selectedItems;
        if (chosen?.search) {
          void fill(true).catch(reject);
        } else {
          resolve(chosen?.choice);
        }
      });
      box.onDidHide(() => {
        resolve(undefined);
      });
      fill(false).catch(reject);
    });
  } finally {
    clearTimeout(timer);
    box.dispose();
  }
}

function toItems(choices: readonly KernelChoice[], searched: boolean): Item[] {
  const part = (kind: KernelChoice["kind"], label: string): Item[] => {
    const own = choices.filter((choice) => choice.kind === kind);
    const head = { label, kind: vscode.QuickPickItemKind.Separator };
    return own.length === 0 ? [] : [head, ...own.map(toItem)];
  };
  const search = { label: "$(search) Look for more environments", search: true, alwaysShow: true };
  return [
    ...part("environment", "Environments"),
    ...part("kernelspec", "Registered kernels"),
    ...(searched ? [] : [{ label: "", kind: vscode.QuickPickItemKind.Separator }, search]),
  ];
}

function toItem(choice: KernelChoice): Item {
  const icon = choice.current ? "$(check) " : choice.runnable ? "" : "$(warning) ";
  const problem = choice.problem ? { detail: choice.problem } : {};
  return { label: `${icon}${choice.title}`, description: choice.detail, ...problem, choice };
}

/** Select a kernel for the script, after installing ipykernel if it is missing and the user agrees. */
async function selectKernel(services: Services, uri: string, choice: KernelChoice): Promise<void> {
  const { client } = services;
  if (!choice.runnable) {
    const question = choice.problem || `${choice.title} cannot run cells yet.`;
    const answer = await vscode.window.showWarningMessage(question, "Install ipykernel");
    if (answer === undefined) {
      return;
    }
    const options = {
      location: vscode.ProgressLocation.Notification,
      title: `Installing ipykernel into ${choice.title}`,
    };
    await vscode.window.withProgress(options, () =>
      client.executeCommand("cellbridge.installKernelPackage", { uri, id: choice.id }),
    );
  }
  await client.executeCommand("cellbridge.selectKernel", { uri, id: choice.id });
}
