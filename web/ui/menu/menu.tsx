import { Menu as AriaMenu, MenuItem as AriaMenuItem, MenuTrigger, Popover, Separator } from 'react-aria-components';
import { Icon, type IconName } from '../icon/icon';
import '../overlay/overlay.css';
import '../select/select.css';

export type MenuEntry =
  | Readonly<{ id: string; label: string; icon?: IconName; hint?: string; keys?: string | undefined; danger?: boolean; isDisabled?: boolean; onAction(): void }>
  | Readonly<{ id: string; separator: true }>;

/** What a button offers; trigger is that button. */
export function Menu({ label, trigger, entries }: { label: string; trigger: React.ReactNode; entries: readonly MenuEntry[] }) {
  return (
    <MenuTrigger>
      {trigger}
      <Popover className="popover" offset={4}>
        <AriaMenu aria-label={label} className="menu">
          {entries.map((e) =>
            'separator' in e ? (
              <Separator key={e.id} />
            ) : (
              <AriaMenuItem
                key={e.id}
                id={e.id}
                textValue={e.label}
                className={`option ${e.danger === true ? 'danger' : ''}`}
                isDisabled={e.isDisabled === true}
                onAction={e.onAction}
              >
                {e.icon !== undefined && <Icon name={e.icon} size={18} />}
                <span className="option-label">
                  {e.label}
                  {e.hint !== undefined && <small>{e.hint}</small>}
                </span>
                {e.keys !== undefined && <kbd>{e.keys}</kbd>}
              </AriaMenuItem>
            ),
          )}
        </AriaMenu>
      </Popover>
    </MenuTrigger>
  );
}
