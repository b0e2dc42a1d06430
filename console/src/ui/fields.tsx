import { type ReactNode, useId } from 'react'
import {
  Checkbox as AriaCheckbox,
  FieldError,
  Input,
  Label,
  NumberField as AriaNumberField,
  Radio as AriaRadio,
  RadioGroup as AriaRadioGroup,
  SearchField as AriaSearchField,
  Switch as AriaSwitch,
  Text,
  TextArea,
  TextField as AriaTextField,
} from 'react-aria-components'
import styles from './fields.module.css'

interface FieldProps {
  readonly label: string
  /** A sentence below the field. */
  readonly help?: ReactNode
  /** Why the value is not accepted, and what is. Undefined or empty if it is. */
  readonly error?: string | undefined
}

interface TextFieldProps extends FieldProps {
  readonly value: string
  readonly onChange: (value: string) => void
  readonly lines?: number
  readonly isRequired?: boolean
  readonly maxLength?: number
  readonly placeholder?: string
}

export function TextField({ label, help, error, lines = 1, placeholder, ...rest }: TextFieldProps): ReactNode {
  const input = { className: styles['input'], ...(placeholder !== undefined && { placeholder }) }
  return (
    <AriaTextField {...rest} className={styles['field']} isInvalid={Boolean(error)} validationBehavior="aria">
      <Label>{label}</Label>
      {lines > 1 ? <TextArea {...input} rows={lines} spellCheck={false} /> : <Input {...input} />}
      <FieldNotes help={help} error={error} />
    </AriaTextField>
  )
}

interface SearchFieldProps {
  readonly label: string
  readonly value: string
  readonly onChange: (value: string) => void
  readonly placeholder?: string
}

export function SearchField({ label, placeholder, ...rest }: SearchFieldProps): ReactNode {
  return (
    <AriaSearchField {...rest} className={styles['field']}>
      <Label>{label}</Label>
      <Input className={styles['input']} {...(placeholder !== undefined && { placeholder })} />
    </AriaSearchField>
  )
}

interface NumberFieldProps extends FieldProps {
  /** Undefined if the field is empty. */
  readonly value: number | undefined
  readonly onChange: (value: number | undefined) => void
  readonly min?: number
  readonly max?: number
}

export function NumberField({ label, help, error, value, onChange, min, max }: NumberFieldProps): ReactNode {
  return (
    <AriaNumberField
      className={styles['field']}
      value={value ?? Number.NaN}
      onChange={(next) => onChange(Number.isNaN(next) ? undefined : next)}
      isInvalid={Boolean(error)}
      validationBehavior="aria"
      {...(min !== undefined && { minValue: min })}
      {...(max !== undefined && { maxValue: max })}
    >
      <Label>{label}</Label>
      <Input className={styles['input']} />
      <FieldNotes help={help} error={error} />
    </AriaNumberField>
  )
}

export interface Choice<Value extends string> {
  readonly value: Value
  readonly label: string
  readonly help?: ReactNode
}

interface ChoiceProps<Value extends string> extends FieldProps {
  readonly choices: readonly Choice<Value>[]
  readonly value: Value
  readonly onChange: (value: Value) => void
}

/** A few choices, all visible, each with a sentence. */
export function Choices<Value extends string>(props: ChoiceProps<Value>): ReactNode {
  const { label, help, error, choices, value, onChange } = props
  return (
    <AriaRadioGroup
      className={styles['field']}
      value={value}
      onChange={(next) => onChange(next as Value)}
      isInvalid={Boolean(error)}
      validationBehavior="aria"
    >
      <Label>{label}</Label>
      <div className={styles['choices']}>
        {choices.map((choice) => (
          <AriaRadio key={choice.value} value={choice.value} className={styles['choice']}>
            <span className={styles['radio']} aria-hidden />
            <span>
              <span className={styles['choiceLabel']}>{choice.label}</span>
              {choice.help !== undefined && <span className={styles['choiceHelp']}>{choice.help}</span>}
            </span>
          </AriaRadio>
        ))}
      </div>
      <FieldNotes help={help} error={error} />
    </AriaRadioGroup>
  )
}

/** One of many choices, in the list of the browser. */
export function Select<Value extends string>(props: ChoiceProps<Value>): ReactNode {
  const { label, help, error, choices, value, onChange } = props
  const id = useId()
  const notes = [help !== undefined && `${id}-help`, error && `${id}-error`].filter(Boolean).join(' ')
  return (
    <div className={styles['field']}>
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        className={styles['select']}
        value={value}
        onChange={(event) => onChange(event.target.value as Value)}
        aria-invalid={error ? true : undefined}
        aria-describedby={notes || undefined}
      >
        {choices.map((choice) => (
          <option key={choice.value} value={choice.value}>
            {choice.label}
          </option>
        ))}
      </select>
      {help !== undefined && (
        <span id={`${id}-help`} className={styles['help']}>
          {help}
        </span>
      )}
      {error && (
        <span id={`${id}-error`} className={styles['error']}>
          {error}
        </span>
      )}
    </div>
  )
}

interface ToggleProps {
  readonly isSelected: boolean
  readonly onChange: (isSelected: boolean) => void
  readonly children: ReactNode
  readonly isDisabled?: boolean
  readonly onFocus?: () => void
}

export function Checkbox({
  children,
  isIndeterminate = false,
  ...rest
}: ToggleProps & { readonly isIndeterminate?: boolean }): ReactNode {
  return (
    <AriaCheckbox {...rest} isIndeterminate={isIndeterminate} className={styles['checkbox']}>
      <span className={styles['box']} aria-hidden />
      <span>{children}</span>
    </AriaCheckbox>
  )
}

export function Switch({ children, ...rest }: ToggleProps): ReactNode {
  return (
    <AriaSwitch {...rest} className={styles['checkbox']}>
      <span className={styles['track']} aria-hidden />
      <span>{children}</span>
    </AriaSwitch>
  )
}

function FieldNotes({ help, error }: Pick<FieldProps, 'help' | 'error'>): ReactNode {
  return (
    <>
      {help !== undefined && (
        <Text slot="description" className={styles['help']}>
          {help}
        </Text>
      )}
      <FieldError className={styles['error']}>{error}</FieldError>
    </>
  )
}
