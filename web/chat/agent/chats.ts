/** An agent's part in chats: the participant operations, with a token for each chat that is renewed in time. */

import type { ContactId, Item, ItemId } from '../item';
import { fileUrl, sendEvent, sendFile, sendMessage, transcriptPage } from '../service';
import type { AgentService } from './service';
import type { AgentContact } from './snapshot';

/** A chat token is renewed this long before it expires, in milliseconds. */
const renewBefore = 60_000;

type Place = Pick<AgentContact, 'id' | 'me'>;

export class AgentChats {
  private readonly tokens = new Map<string, Promise<Readonly<{ token: string; expires: number }>>>();

  constructor(private readonly service: AgentService) {}

  /** Forgets the tokens of chats that are no longer on the desk. */
  keep(contacts: readonly Place[]): void {
    const names = new Set(contacts.map(nameOf));
    for (const name of this.tokens.keys()) if (!names.has(name)) this.tokens.delete(name);
  }

  async say(contact: Place, content: string, contentType: string, clientToken: string): Promise<ItemId> {
    return sendMessage(await this.token(contact), content, clientToken, contentType);
  }

  async sendFile(contact: Place, file: File, clientToken: string): Promise<string> {
    return sendFile(await this.token(contact), file, clientToken);
  }

  async fileUrl(contact: Place, id: string): Promise<string> {
    return fileUrl(await this.token(contact), id);
  }

  /** Reads a page of the transcript: the newest, or the one before. */
  async page(contact: Place, nextToken: string | null): Promise<{ items: readonly Item[]; nextToken: string | null }> {
    return transcriptPage(await this.token(contact), nextToken);
  }

  /** Tells what may be lost without anybody missing it: typing, delivered, read. */
  hint(contact: Place, contentType: string, content?: string): void {
    this.token(contact)
      .then((token) => sendEvent(token, contentType, content))
      .catch(() => undefined);
  }

  private async token(contact: Place): Promise<string> {
    const name = nameOf(contact);
    const known = await this.tokens.get(name)?.catch(() => undefined);
    if (known !== undefined && known.expires - renewBefore > Date.now()) return known.token;
    const asked = this.service.chatToken(contact.id, contact.me);
    this.tokens.set(name, asked);
    asked.catch(() => this.tokens.delete(name));
    return (await asked).token;
  }
}

function nameOf(contact: Readonly<{ id: ContactId; me: string }>): string {
  return `${contact.id} ${contact.me}`;
}
