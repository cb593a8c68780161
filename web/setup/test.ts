/** A page with the widget on it. Where starts must be signed, the administrator's own browser signs. */

import { AgentService } from '../chat/agent/service';
import { Session } from '../chat/agent/session';
import { list, record, text } from '../chat/item';
import { Kept } from '../chat/kept';
import { signStart } from './sign';
import { addWidget, say } from './widget-script';

const id = new URLSearchParams(location.search).get('widget') ?? '';

/** Answers a token for a start, or nothing where none is needed or nobody is signed in. */
async function token(): Promise<string | undefined> {
  const session = Session.resume(new Kept(() => localStorage, 'bellpull.desk.'));
  if (session === null) return undefined;
  const widget = list((await new AgentService(session).call('ListWidgets'))['widgets']).map(record).find((w) => w['id'] === id);
  const secret = text(list(widget?.['secrets'])[0]);
  if (widget?.['signed'] !== true || secret === '') return undefined;
  return signStart(id, secret, Math.floor(Date.now() / 1000));
}

if (id === '') {
  say('The address does not say which widget to try. Open this page from the list of widgets.');
} else {
  const waiting: unknown[][] = [['authenticate', (tell: (token?: string) => void) => void token().then(tell, () => tell())]];
  const queue = Object.assign((...call: unknown[]) => void waiting.push(call), { ac: waiting });
  (window as { amazon_connect?: unknown }).amazon_connect = queue;
  addWidget(id);
}
