/** Where one is in the setup: by the part of the address after #, which is the link's token at first. */

export const steps = ['look', 'where', 'paste'] as const;

export type Step = (typeof steps)[number];

export type Place = Readonly<{ at: 'list' } | { at: 'link'; token: string } | { at: 'widget'; id: string; step: Step }>;

/** The id of a widget that is not saved yet. */
export const newId = 'new';

export function placeOf(hash: string): Place {
  const said = hash.replace(/^#/, '');
  if (said === '') return { at: 'list' };
  const [kind, id, name] = said.split('/');
  if (kind !== 'w' || id === undefined || id === '') return { at: 'link', token: said };
  return { at: 'widget', id, step: id === newId ? 'look' : (steps.find((s) => s === name) ?? 'look') };
}

export function hashOf(place: Place): string {
  switch (place.at) {
    case 'list':
      return '';
    case 'link':
      return `#${place.token}`;
    case 'widget':
      return `#w/${place.id}/${place.step}`;
  }
}
