// The storage of node-oidc-provider in one DynamoDB table, as the adapters that its users publish do it: an item for each model, an
// operation for each call, and indexes for what is found by something else.

import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  BatchWriteCommand,
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  QueryCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';

const tableName = process.env.TABLE_NAME;
const documents = DynamoDBDocumentClient.from(new DynamoDBClient({}), {
  marshallOptions: { removeUndefinedValues: true },
});
const indexed = ['uid', 'userCode', 'grantId'];

const now = () => Math.floor(Date.now() / 1000);

// DynamoDB deletes expired items late.
const living = (item) => (item && (!item.expiresAt || item.expiresAt > now()) ? item.payload : undefined);

/** Creates the table. */
export async function createTable() {
  const attribute = (AttributeName) => ({ AttributeName, AttributeType: 'S' });
  const key = (AttributeName) => [{ AttributeName, KeyType: 'HASH' }];
  const index = (name) => ({ IndexName: `${name}Index`, KeySchema: key(name), Projection: { ProjectionType: 'ALL' } });
  await documents.send(new CreateTableCommand({
    TableName: tableName,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: ['modelId', ...indexed].map(attribute),
    KeySchema: key('modelId'),
    GlobalSecondaryIndexes: indexed.map(index),
  }));
}

/** The items of one model. */
export class DynamoDBAdapter {
  constructor(model) {
    this.model = model;
  }

  key(id) {
    return { modelId: `${this.model}-${id}` };
  }

  async upsert(id, payload, expiresIn) {
    const attributes = { payload, expiresAt: expiresIn ? now() + expiresIn : undefined };
    for (const name of indexed) attributes[name] = payload[name];
    const present = Object.entries(attributes).filter(([, value]) => value !== undefined);
    await documents.send(new UpdateCommand({
      TableName: tableName,
      Key: this.key(id),
      UpdateExpression: `SET ${present.map(([name]) => `${name} = :${name}`).join(', ')}`,
      ExpressionAttributeValues: Object.fromEntries(present.map(([name, value]) => [`:${name}`, value])),
    }));
  }

  async find(id) {
    const found = await documents.send(new GetCommand({
      TableName: tableName,
      Key: this.key(id),
      ProjectionExpression: 'payload, expiresAt',
    }));
    return living(found.Item);
  }

  async findByUid(uid) {
    return this.findBy('uid', uid);
  }

  async findByUserCode(userCode) {
    return this.findBy('userCode', userCode);
  }

  async findBy(name, value) {
    const found = await documents.send(new QueryCommand({
      TableName: tableName,
      IndexName: `${name}Index`,
      KeyConditionExpression: `${name} = :value`,
      ExpressionAttributeValues: { ':value': value },
      ProjectionExpression: 'payload, expiresAt',
      Limit: 1,
    }));
    return living(found.Items?.[0]);
  }

  async consume(id) {
    await documents.send(new UpdateCommand({
      TableName: tableName,
      Key: this.key(id),
      UpdateExpression: 'SET #payload.#consumed = :now',
      ExpressionAttributeNames: { '#payload': 'payload', '#consumed': 'consumed' },
      ExpressionAttributeValues: { ':now': now() },
      ConditionExpression: 'attribute_exists(modelId)',
    }));
  }

  async destroy(id) {
    await documents.send(new DeleteCommand({ TableName: tableName, Key: this.key(id) }));
  }

  async revokeByGrantId(grantId) {
    let ExclusiveStartKey;
    do {
      const found = await documents.send(new QueryCommand({
        TableName: tableName,
        IndexName: 'grantIdIndex',
        KeyConditionExpression: 'grantId = :grantId',
        ExpressionAttributeValues: { ':grantId': grantId },
        ProjectionExpression: 'modelId',
        Limit: 25,
        ExclusiveStartKey,
      }));
      ExclusiveStartKey = found.LastEvaluatedKey;
      const deletions = (found.Items ?? []).map(({ modelId }) => ({ DeleteRequest: { Key: { modelId } } }));
      if (deletions.length > 0) {
        await documents.send(new BatchWriteCommand({ RequestItems: { [tableName]: deletions } }));
      }
    } while (ExclusiveStartKey);
  }
}
