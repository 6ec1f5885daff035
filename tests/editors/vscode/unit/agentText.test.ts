import * as assert from "node:assert/strict";
import { agentsLabel, describeAgents, hasAgentRuns, hasAgents } from "../../../../editor-extension/vscode/src/agents/agentText";
import type { Agents } from "../../../../editor-extension/vscode/src/protocol.gen";

function checkAgents(agents: Agents, label: string, sentences: string[]): void {
  assert.equal(hasAgents(agents), sentences.length > 0);
  assert.equal(agentsLabel(agents), label);
  assert.deepEqual(describeAgents(agents), sentences);
}

const ALLOWED = "Agents may read and run this script in its session.";

describe("the agents of a session", () => {
  it("are not mentioned without any", () => {
    checkAgents({}, "$(hubot)", []);
    assert.equal(hasAgentRuns({}), false);
  });

  it("are named while they are connected, and counted if there are several", () => {
    const one = { allowed: true, connected: ["Claude"] };
    checkAgents(one, "$(hubot) Claude", ["Connected: Claude.", ALLOWED]);
    assert.equal(hasAgentRuns(one), false);
    checkAgents({ allowed: true, connected: ["A", "B"] }, "$(hubot) 2 agents", ["Connected: A, B.", ALLOWED]);
    checkAgents({ allowed: true }, "$(hubot)", ["No agent is connected.", ALLOWED]);
  });

  it("show who asks, before all else", () => {
    checkAgents({ asking: ["Claude"] }, "$(question) Claude", ["Claude wants to read and run this script."]);
  });

  it("show the running agent, with its queued runs", () => {
    const busy = { allowed: true, connected: ["Claude"], running: "Claude", waiting: 2 };
    const sentences = ["Claude runs a cell.", "2 runs of agents are queued.", "Connected: Claude.", ALLOWED];
    checkAgents(busy, "$(sync~spin) Claude, 2 queued", sentences);
    assert.equal(hasAgentRuns(busy), true);
    const outside = { ...busy, outside: true, waiting: 1 };
    assert.equal(describeAgents(outside)[0], "Claude runs code that is not in the script.");
    assert.equal(describeAgents(outside)[1], "1 run of an agent is queued.");
    assert.equal(hasAgentRuns({ waiting: 1 }), true);
  });

  it("cannot draw icons or lines of their own", () => {
    const name = "$(error) " + "x".repeat(40) + "\nmore";
    const label = agentsLabel({ allowed: true, connected: [name] });
    assert.equal(label, `$(hubot) (error) ${"x".repeat(21)}…`.slice(0, label.length));
    assert.ok(!label.includes("\n"));
  });
});
