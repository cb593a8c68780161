import { Button, Label, ListBox, ListBoxItem, Popover, Select as AriaSelect, SelectValue } from 'react-aria-components';
import { Icon } from '../icon/icon';
import '../field/field.css';
import '../overlay/overlay.css';
import './select.css';

export type Option<K extends string> = Readonly<{ id: K; label: string; hint?: string; mark?: React.ReactNode }>;

export type SelectProps<K extends string> = Readonly<{
  label: string;
  hideLabel?: boolean;
  options: readonly Option<K>[];
  value: K | null;
  onChange(value: K): void;
  isDisabled?: boolean;
  placeholder?: string;
}>;

/** One of a few. */
export function Select<K extends string>({ label, hideLabel = false, options, value, onChange, isDisabled = false, placeholder = 'Choose' }: SelectProps<K>) {
  return (
    <AriaSelect
      className="field select"
      value={value}
      onChange={(key) => key !== null && onChange(key as K)}
      isDisabled={isDisabled}
      placeholder={placeholder}
    >
      <Label className={hideLabel ? 'unseen' : 'label'}>{label}</Label>
      <Button className="button plain select-button">
        <SelectValue className="select-value" />
        <Icon name="down" size={16} />
      </Button>
      <Popover className="popover" offset={4}>
        <ListBox className="options" items={options}>
          {(o) => (
            <ListBoxItem className="option" id={o.id} textValue={o.label}>
              {o.mark}
              <span className="option-label">
                {o.label}
                {o.hint !== undefined && <small>{o.hint}</small>}
              </span>
              <Icon name="accept" size={16} />
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </AriaSelect>
  );
}
