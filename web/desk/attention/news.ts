import type { AgentContact } from '../../chat/agent/snapshot';
import { listed, offers, unread, type Desk, type Open } from '../app/state';

/** What happened that an agent may want to hear of. */
export type News = Readonly<{ what: 'offer' | 'message' | 'ended'; contact: AgentContact }>;

/** What a change of the desk has brought: nothing in the first picture is news but what rings. */
export function newsOf(before: Desk, after: Desk): readonly News[] {
  if (after.at === 'door') return [];
  const known = before.at === 'desk' ? before : null;
  const rang = new Set(known === null ? [] : offers(known).map((c) => c.id));
  const news: News[] = offers(after).filter((c) => !rang.has(c.id)).map((contact) => ({ what: 'offer', contact }));
  if (known === null) return news;
  for (const contact of after.snapshot.contacts) {
    const was = known.snapshot.contacts.find((c) => c.id === contact.id);
    if (was?.state === 'connected' && contact.state === 'ended') news.push({ what: 'ended', contact });
    if (contact.state === 'connected' && unreadIn(after, contact.id) > unreadIn(known, contact.id) && loadedIn(known, contact.id)) {
      news.push({ what: 'message', contact });
    }
  }
  return news;
}

/** How many things wait for the agent: offers and unread messages. */
export function waitingForMe(desk: Desk): number {
  if (desk.at === 'door') return 0;
  return offers(desk).length + listed(desk).reduce((n, contact) => n + unreadIn(desk, contact.id), 0);
}

function unreadIn(desk: Open, id: string): number {
  const chat = desk.chats.get(id);
  return chat === undefined ? 0 : unread(chat);
}

function loadedIn(desk: Open, id: string): boolean {
  return desk.chats.get(id)?.loading === 'read';
}
