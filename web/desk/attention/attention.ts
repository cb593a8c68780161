import type { ContactId } from '../../chat/item';
import type { Store } from '../../chat/store';
import { offers, type Desk, type DeskEvent } from '../app/state';
import type { Settings } from '../settings/settings';
import { leading } from './leader';
import { newsOf, waitingForMe } from './news';
import { play } from './sounds';

/** How often an offer rings until it is answered, in milliseconds. */
const ringEvery = 3_000;

/** Draws the agent's attention: sounds, notifications, the title of the tab. */
export class Attention {
  private before: Desk;
  private leads = false;
  private ringing: ReturnType<typeof setInterval> | undefined;
  private readonly shown = new Map<ContactId, Readonly<{ box: Notification; offer: boolean }>>();

  constructor(
    private readonly store: Store<Desk, DeskEvent>,
    private readonly settings: () => Settings,
    private readonly open: (contact: ContactId) => void,
  ) {
    this.before = store.state;
    store.watch(() => this.look());
    leading(() => {
      this.leads = true;
      this.ring();
    });
  }

  private look(): void {
    const desk = this.store.state;
    const news = newsOf(this.before, desk);
    this.before = desk;
    const waiting = waitingForMe(desk);
    const title = waiting > 0 ? `(${waiting}) Bellpull desk` : 'Bellpull desk';
    if (document.title !== title) document.title = title;
    this.ring();
    this.tidy(desk);
    if (!this.leads) return;
    for (const { what, contact } of news) {
      if (what === 'message' && this.sounds()) play('message', this.settings().volume);
      if (what === 'ended' && this.sounds()) play('ended', this.settings().volume);
      if (what === 'offer') this.notify(contact.id, `${contact.customer} is waiting`, contact.queue, true);
      if (what === 'message' && document.visibilityState === 'hidden') this.notify(contact.id, `New message from ${contact.customer}`, '', false);
    }
  }

  /** Rings as long as something does. */
  private ring(): void {
    const { state } = this.store;
    const rings = this.leads && state.at === 'desk' && offers(state).length > 0;
    if (rings === (this.ringing !== undefined)) return;
    clearInterval(this.ringing);
    this.ringing = undefined;
    if (!rings) return;
    const once = () => this.sounds() && play('ring', this.settings().volume);
    once();
    this.ringing = setInterval(once, ringEvery);
  }

  private notify(contact: ContactId, title: string, body: string, offer: boolean): void {
    if (!this.settings().notifications || typeof Notification === 'undefined' || Notification.permission !== 'granted') return;
    if (document.visibilityState === 'visible' && document.hasFocus()) return;
    const box = new Notification(title, { body, tag: contact });
    box.onclick = () => {
      window.focus();
      this.open(contact);
      box.close();
    };
    this.shown.set(contact, { box, offer });
  }

  /** Takes back notifications of what has been dealt with, here or elsewhere. */
  private tidy(desk: Desk): void {
    for (const [id, { box, offer }] of this.shown) {
      const waits = offer ? desk.at === 'desk' && offers(desk).some((c) => c.id === id) : document.visibilityState === 'hidden';
      if (waits) continue;
      box.close();
      this.shown.delete(id);
    }
  }

  private sounds(): boolean {
    return this.settings().sounds;
  }
}
