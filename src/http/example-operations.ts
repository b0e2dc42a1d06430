/**
 * The operations that Apollo Sandbox opens with. `docs/examples/operations.graphql` is printed from here, and a test
 * runs each of them. They hold no `<`: Apollo's page puts them into a script.
 */
export const exampleOperations = `# 1. What can be exported: the data dictionary.
query Entities {
  exportEntities {
    displayName
    internalName
    kind
    description
    key
    columns {
      name
      type
      nullable
      description
    }
  }
}

# 2. What a registration would change. Changes nothing.
query Preview {
  previewDataExport(input: { entityList: "user, content, user logins, interaction" }) {
    activated {
      displayName
    }
    deactivated {
      displayName
    }
    userErrors {
      ...Mistake
    }
  }
}

# 3. Register: replaces the whole configuration. A list works as well as a string.
mutation Register {
  registerDataExport(
    input: {
      exportOption: EXPORT_SELECTED
      entityList: ["user", "content", "user logins", "interaction"]
      frequency: DAILY
    }
  ) {
    dataExport {
      ...Configuration
    }
    activated {
      displayName
    }
    deactivated {
      displayName
    }
    unchanged {
      displayName
    }
    userErrors {
      ...Mistake
    }
  }
}

# 4. Read it back. To add an entity, submit entityList with one more name.
query Current {
  dataExport(includeInactive: true) {
    ...Configuration
    entities {
      entity {
        displayName
      }
      active
      activatedAt
      deactivatedAt
    }
    changes(first: 5) {
      version
      changedBy
      changedAt
      before {
        entityList
      }
      after {
        entityList
      }
    }
  }
}

# 5. Everything, also entities that are added later; every Monday.
mutation RegisterAll {
  registerDataExport(input: { exportOption: EXPORT_ALL, frequency: WEEKLY }) {
    dataExport {
      ...Configuration
    }
    userErrors {
      ...Mistake
    }
  }
}

# 6. Stop exporting. What was active stays visible as inactive.
mutation Disable {
  registerDataExport(input: { exportOption: DISABLE_EXPORT }) {
    dataExport {
      ...Configuration
    }
    deactivated {
      displayName
    }
    userErrors {
      ...Mistake
    }
  }
}

# 7. A mistake: the answer names it, and what would be right. Nothing changes.
mutation Mistaken {
  registerDataExport(input: { entityList: "users, contents" }) {
    dataExport {
      version
    }
    userErrors {
      ...Mistake
    }
  }
}

# 8. Start a run now.
mutation Run {
  runDataExport {
    run {
      id
      status
    }
    userErrors {
      ...Mistake
    }
  }
}

# 9. After a loss on your side: have the next file of an entity hold everything again.
mutation FullLoad {
  requestFullLoad(entityList: "user logins") {
    entities {
      displayName
    }
    userErrors {
      ...Mistake
    }
  }
}

# 10. The same for a period: its files are written again, as later revisions.
mutation Redeliver {
  redeliver(input: { from: "2026-11-01T00:00:00Z", to: "2026-12-01T00:00:00Z", entityList: "user" }) {
    run {
      id
      status
    }
    userErrors {
      ...Mistake
    }
  }
}

# 11. What the latest runs did.
query Runs {
  exportRuns(first: 3) {
    edges {
      cursor
      node {
        ...Outcome
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}

# 12. One run: give its id as the variable.
query OneRun($id: ID = "00000000-0000-0000-0000-000000000000") {
  exportRun(id: $id) {
    ...Outcome
  }
}

# 13. Every file that was ever published, with the rows of the source against those of the file.
query Deliveries {
  exportDeliveries(first: 10) {
    edges {
      node {
        path
        parts {
          path
          bytes
          sha256
        }
        mode
        window {
          from
          to
        }
        revision
        sequence
        previousSequence
        sha256
        reconciliation {
          sourceRows
          fileRows
          matches
        }
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}

# 14. Other files: compressed, in parts of 500 MB at most, for a spreadsheet of Europe. What is left out is plain.
mutation Formats {
  registerDataExport(
    input: {
      entityList: "user, interaction"
      fileFormat: { compression: GZIP, maxPartMegabytes: 500, delimiter: SEMICOLON }
    }
  ) {
    dataExport {
      ...Configuration
      fileFormat {
        compression
        maxPartMegabytes
        delimiter
        quoting
        escapeFormulas
      }
    }
    userErrors {
      ...Mistake
    }
  }
}

# 15. Where the files are fetched, and with which keys.
query Access {
  sftpAccess {
    host
    port
    username
    hostKeyFingerprints
    keys {
      ...Key
    }
  }
}

# 16. Let a key of your own in: the line of its .pub file. It works from the next login on.
mutation AddKey {
  addSftpKey(
    publicKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKHEUVsLRx41DmBzCnQ6zkAxLHr6PtyZIl4uD3dTcDVY"
    label: "warehouse loader"
  ) {
    key {
      ...Key
    }
    userErrors {
      ...Mistake
    }
  }
}

# 17. Shut one out: give its id as the variable. What it has open ends within seconds.
mutation RemoveKey($id: ID! = "00000000-0000-0000-0000-000000000000") {
  removeSftpKey(id: $id) {
    key {
      ...Key
    }
    userErrors {
      ...Mistake
    }
  }
}

fragment Key on SftpKey {
  id
  fingerprint
  label
  type
  addedAt
  addedBy
}

# 18. Who changed what, when and from where; what the platform's operators did for you; what was denied.
query Audit {
  exportAuditEvents(first: 10) {
    edges {
      node {
        at
        action
        subject
        clientId
        isOperator
        address
        target
        before
        after
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}

fragment Configuration on DataExport {
  tenantId
  version
  exportOption
  frequency
  entityList
  schedule {
    scheduleId
    state
    nextRunTimes
    error
  }
  updatedAt
  updatedBy
}

fragment Mistake on UserError {
  code
  message
  path
  allowedValues
  didYouMean {
    given
    suggestion
  }
}

fragment Outcome on ExportRun {
  id
  status
  trigger
  window {
    from
    to
  }
  startedAt
  finishedAt
  manifestPath
  error {
    code
    message
  }
  entities {
    entity {
      displayName
    }
    status
    mode
    fullLoadReason
    window {
      from
      to
    }
    rows
    bytes
    path
    sha256
    revision
    attempts
    error {
      code
      message
    }
  }
}
`
