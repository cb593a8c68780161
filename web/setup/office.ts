/** What the setup asks of the server, under the session that the desk has as well. */

import { AgentService } from '../chat/agent/service';
import { isOver, Session } from '../chat/agent/session';
import { list, record } from '../chat/item';
import { Kept } from '../chat/kept';
import { get, post } from '../chat/service';
import { parseFlow, parseWidget, wireOf, type Flow, type Widget } from './widget';

export type Person = Readonly<{ username: string; firstName: string; lastName: string; password: string }>;

const kept = new Kept(() => localStorage, 'bellpull.desk.');

export class Office {
  private constructor(private readonly service: AgentService) {}

  /** Goes on with the session of this browser, if there is one. */
  static resume(): Office | null {
    const session = Session.resume(kept);
    return session === null ? null : new Office(new AgentService(session));
  }

  static async signIn(username: string, password: string): Promise<Office> {
    return new Office(new AgentService(await Session.begin(kept, username, password)));
  }

  /** Makes the first administrator, who is signed in then. */
  static async found(token: string, person: Person): Promise<Office> {
    const ask = () => post('/setup/user', {}, { token, ...person });
    return new Office(new AgentService(await Session.begin(kept, person.username, person.password, ask)));
  }

  /** Reports whether the caller may keep widgets; null when the session is over. */
  async mayKeep(): Promise<boolean | null> {
    try {
      return (await this.service.configuration()).admin;
    } catch (e) {
      if (isOver(e)) return null;
      throw e;
    }
  }

  async widgets(): Promise<readonly Widget[]> {
    return list((await this.service.call('ListWidgets'))['widgets']).map(parseWidget);
  }

  async flows(): Promise<readonly Flow[]> {
    return list((await this.service.call('ListFlows'))['flows']).map(parseFlow);
  }

  async put(widget: Widget): Promise<Widget> {
    return parseWidget((await this.service.call('PutWidget', { widget: wireOf(widget) }))['widget']);
  }

  async remove(id: string): Promise<void> {
    await this.service.call('DeleteWidget', { id });
  }

  /** Makes another secret; both count until it is called again with finish. */
  async rotate(id: string, finish: boolean): Promise<Widget> {
    return parseWidget((await this.service.call('RotateWidgetSecret', { id, finish }))['widget']);
  }
}

/** Reports whether nobody has set this server up yet. */
export async function isNeeded(): Promise<boolean> {
  return record(await get('/setup/state'))['needed'] === true;
}
