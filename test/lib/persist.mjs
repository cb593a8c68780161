// What clients do while the line is cut, as browsers and SDKs do: again.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { start } from './chat.mjs';
import { undo } from './undo.mjs';
import { connection, participant } from './wire.mjs';

/** Does something again while the line is cut. */
export async function persist(act) {
  for (;;) {
    try {
      return await act();
    } catch (e) {
      if (e.code === 'ERR_ASSERTION') throw e;
      await sleep(20); // the line was cut; nobody knows whether it was done
    }
  }
}

/** Says something as often as it takes, as every client does with its token, and answers its id. */
export async function insist(server, token, text) {
  const body = { ContentType: 'text/plain', Content: text, ClientToken: randomUUID() };
  const a = await persist(() => participant(server, 'message', token, body));
  assert.equal(a.status, 200, a.text);
  return a.body.Id;
}

/** All of a chat's messages, oldest first. */
export async function messages(server, token) {
  const all = [];
  for (let NextToken; ; ) {
    const query = { MaxResults: 100, ScanDirection: 'BACKWARD', SortOrder: 'ASCENDING', NextToken };
    const { body } = await persist(() => participant(server, 'transcript', token, query));
    all.unshift(...body.Transcript.filter((i) => i.Type === 'MESSAGE' && i.ParticipantRole !== 'SYSTEM'));
    NextToken = body.NextToken ?? undefined;
    if (NextToken === undefined) return all;
  }
}

/** Starts customers who talk all the time; end stops them, checks their transcripts, and answers how much they said. */
export function startLoad(t, server, customers) {
  let over = false;
  let said = 0;
  undo(t, () => (over = true));
  const load = Array.from({ length: customers }, async (_, i) => {
    const { token } = await persist(async () => connection(server, (await start(server)).ParticipantToken));
    for (let n = 0; !over; n++, said++) {
      await insist(server, token, `${i}-${n}`);
      await sleep(20);
    }
    const texts = (await messages(server, token)).map((m) => m.Content);
    assert.deepEqual(texts, texts.map((_, n) => `${i}-${n}`));
  });
  return {
    async end() {
      over = true;
      await Promise.all(load);
      return said;
    },
  };
}
