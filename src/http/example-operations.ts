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

# 3. Register: replaces the whole configuration; what is left out takes its default. A list works as well as a string.
mutation Register {
  registerDataExport(
    input: {
      exportOption: EXPORT_SELECTED
      entityList: ["user", "content", "user logins", "interaction"]
      frequency: DAILY
      fileFormat: { compression: NONE, delimiter: COMMA, quoting: MINIMAL, escapeFormulas: false }
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

# 4. Add entities to the list. Everything else stays as it is.
mutation Add {
  addDataExportEntities(input: { entityList: "site" }) {
    dataExport {
      ...Configuration
    }
    activated {
      displayName
    }
    userErrors {
      ...Mistake
    }
  }
}

# 5. Take entities from the list.
mutation Remove {
  removeDataExportEntities(input: { entityList: "site" }) {
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

# 6. Read it back. Whoever changes anything else submits all of this, with version as expectedVersion.
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

# 7. Everything, also entities that are added later; every Monday.
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

# 8. No scheduled runs for now; nothing else changes. The next run after the pause covers all of it.
mutation Pause {
  pauseDataExport {
    dataExport {
      ...Configuration
    }
    userErrors {
      ...Mistake
    }
  }
}

# 9. Go on after a pause.
mutation Resume {
  resumeDataExport {
    dataExport {
      ...Configuration
    }
    userErrors {
      ...Mistake
    }
  }
}

# 10. Stop exporting. What was active stays visible as inactive; frequency and file format are kept for the next time.
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

# 11. A mistake: the answer names it, and what would be right. Nothing changes.
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

# 12. Start a run now.
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

# 13. After a loss on your side: have the next file of an entity hold everything again.
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

# 14. The same for a period: its files are written again, as later revisions.
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

# 15. What the latest runs did. With status: [FAILED, PARTIALLY_FAILED] only those.
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

# 16. One run: give its id as the variable.
query OneRun($id: ID = "00000000-0000-0000-0000-000000000000") {
  exportRun(id: $id) {
    ...Outcome
  }
}

# 17. Every file that was ever published, with the rows of the source against those of the file.
query Deliveries {
  exportDeliveries(first: 10, since: "2026-11-01T00:00:00Z") {
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

# 18. Other files: compressed, in parts of 500 MB at most, for a spreadsheet of Europe. What is left out is plain.
mutation Formats {
  registerDataExport(
    input: {
      exportOption: EXPORT_SELECTED
      entityList: "user, interaction"
      frequency: DAILY
      fileFormat: { compression: GZIP, maxPartMegabytes: 500, delimiter: SEMICOLON }
    }
  ) {
    dataExport {
      ...Configuration
    }
    userErrors {
      ...Mistake
    }
  }
}

# 19. Where the files are fetched, and with which keys.
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

# 20. Let a key of your own in: the line of its .pub file. It works from the next login on.
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

# 21. Shut one out: give its id as the variable. What it has open ends within seconds.
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

# 22. Who changed what, when and from where; what the platform's operators did for you; what was denied.
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
  id
  version
  exportOption
  entityList
  frequency
  fileFormat {
    compression
    maxPartMegabytes
    delimiter
    quoting
    escapeFormulas
  }
  pausedAt
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
