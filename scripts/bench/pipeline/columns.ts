/** The columns of the generated events. */
export const columns = [
  { name: 'timestamp', type: 'timestamp', nullable: false },
  { name: 'channel', type: 'string' },
  { name: 'platform', type: 'string' },
  { name: 'event_type', type: 'string', nullable: false },
  { name: 'event_category', type: 'string' },
  { name: 'resource_id', type: 'string' },
  { name: 'resource_title', type: 'string' },
  { name: 'interaction_target', type: 'string' },
  { name: 'session_id', type: 'string' },
  { name: 'user_id', type: 'string' },
  { name: 'device_id', type: 'string' },
  { name: 'user_agent', type: 'string' },
  { name: 'client_version', type: 'string' },
  { name: 'interaction_value', type: 'double' },
  { name: 'interaction_text', type: 'string' },
  { name: 'metadata', type: 'string' },
] as const;
