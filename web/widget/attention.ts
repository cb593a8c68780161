/**
 * What tells of unread messages outside the widget: the page's title and its
 * icon. Both are put back as they were. The icon comes from the server and is
 * no data: address, which a strict policy would refuse.
 */

import unreadIcon from './unread.svg?no-inline';

export class Attention {
  private title: { own: string; ours: string } | null = null;
  private icon: HTMLLinkElement | null = null;
  private readonly disabled: HTMLLinkElement[] = [];

  constructor(private readonly base: string) {}

  show(unread: number): void {
    if (this.title !== null && document.title === this.title.ours) document.title = this.title.own;
    this.title = null;
    if (unread > 0) {
      const own = document.title;
      this.title = { own, ours: `(${unread}) ${own}` };
      document.title = this.title.ours;
      this.addIcon();
    } else {
      this.removeIcon();
    }
  }

  private addIcon(): void {
    if (this.icon !== null) return;
    for (const link of document.head.querySelectorAll<HTMLLinkElement>('link[rel~="icon"]')) {
      link.rel = 'bellpull-icon';
      this.disabled.push(link);
    }
    this.icon = Object.assign(document.createElement('link'), { rel: 'icon', type: 'image/svg+xml', href: new URL(unreadIcon, this.base).href });
    document.head.append(this.icon);
  }

  private removeIcon(): void {
    this.icon?.remove();
    this.icon = null;
    for (const link of this.disabled.splice(0)) link.rel = 'icon';
  }
}
