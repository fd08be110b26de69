import { App } from 'aws-cdk-lib';
import { TradingStack } from '../lib/trading-stack';

new TradingStack(new App(), 'Trading');
