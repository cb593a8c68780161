import { Switch as AriaSwitch } from 'react-aria-components';
import './switch.css';

/** On or off, at once. */
export function Switch({ label, hint, isSelected, onChange, isDisabled = false }: {
  label: string;
  hint?: string;
  isSelected: boolean;
  onChange(on: boolean): void;
  isDisabled?: boolean;
}) {
  return (
    <AriaSwitch className="switch" isSelected={isSelected} onChange={onChange} isDisabled={isDisabled}>
      <span className="switch-label">
        {label}
        {hint !== undefined && <small>{hint}</small>}
      </span>
      <span className="switch-track" />
    </AriaSwitch>
  );
}
