import { useState } from 'react';
import {
  FieldError,
  Input,
  Label,
  SearchField as AriaSearchField,
  Text,
  TextArea,
  TextField as AriaTextField,
  type SearchFieldProps as AriaSearchFieldProps,
  type TextFieldProps as AriaTextFieldProps,
} from 'react-aria-components';
import { IconButton } from '../button/button';
import { Icon } from '../icon/icon';
import './field.css';

export type TextFieldProps = Omit<AriaTextFieldProps, 'children' | 'className'> & {
  label: string;
  hint?: string;
  /** What is wrong with the value; it marks the field as invalid. */
  error?: string | undefined;
  lines?: number;
  placeholder?: string;
  hideLabel?: boolean;
};

/** A labelled field for text, of one line or several. */
export function TextField({ label, hint, error, lines, placeholder, hideLabel = false, ...rest }: TextFieldProps) {
  return (
    <AriaTextField {...rest} className="field" isInvalid={error !== undefined || rest.isInvalid === true} validationBehavior="aria">
      <Label className={hideLabel ? 'unseen' : ''}>{label}</Label>
      {lines === undefined ? (
        <Input className="input" {...(placeholder === undefined ? {} : { placeholder })} />
      ) : (
        <TextArea className="input" rows={lines} {...(placeholder === undefined ? {} : { placeholder })} />
      )}
      {hint !== undefined && <Text slot="description">{hint}</Text>}
      {error !== undefined && (
        <FieldError className="field-error">
          <Icon name="warning" size={16} />
          {error}
        </FieldError>
      )}
    </AriaTextField>
  );
}

export type PasswordFieldProps = Omit<TextFieldProps, 'type' | 'lines' | 'placeholder' | 'hideLabel'>;

/** A field for a password, which can be looked at. */
export function PasswordField({ label, hint, error, ...rest }: PasswordFieldProps) {
  const [shown, setShown] = useState(false);
  return (
    <AriaTextField {...rest} type={shown ? 'text' : 'password'} className="field" isInvalid={error !== undefined} validationBehavior="aria">
      <Label>{label}</Label>
      <div className="field-with">
        <Input className="input" spellCheck={false} autoCapitalize="none" />
        <IconButton label={shown ? 'Hide the password' : 'Show the password'} icon="eye" size="small" aria-pressed={shown} onPress={() => setShown(!shown)} />
      </div>
      {hint !== undefined && <Text slot="description">{hint}</Text>}
      {error !== undefined && (
        <FieldError className="field-error">
          <Icon name="warning" size={16} />
          {error}
        </FieldError>
      )}
    </AriaTextField>
  );
}

export type SearchFieldProps = Omit<AriaSearchFieldProps, 'children' | 'className'> & { label: string; placeholder?: string };

/** A field to search by; its label is what it shows while empty. */
export function SearchField({ label, placeholder = label, ...rest }: SearchFieldProps) {
  return (
    <AriaSearchField {...rest} aria-label={label} className="field search">
      {({ isEmpty }) => (
        <>
          <Icon name="search" size={18} />
          <Input className="input" placeholder={placeholder} />
          {!isEmpty && <IconButton label="Clear" icon="close" size="small" />}
        </>
      )}
    </AriaSearchField>
  );
}
