create role shop_app login;
create role auth_app login;
create role payment_app login;
create role product_app login;
create role analytics_app login;
create role config_admin login createrole;
-- A superuser, because PostgreSQL 15 keeps connections in reserve for superusers alone: it must see a database that is full.
create role monitor login superuser;

create table accounts (
  id int primary key,
  email text not null unique,
  password_hash text not null,
  active boolean not null default true
);
create table profiles (
  user_id int primary key references accounts,
  name text not null,
  street text not null,
  city text not null,
  email text not null unique
);
create table products (
  id int primary key,
  name text not null,
  description text not null,
  price_cents int not null,
  stock int not null
);
create table orders (
  id uuid primary key default gen_random_uuid(),
  user_id int not null,
  product_id int not null,
  amount_cents int not null,
  address text not null,
  status text not null,
  created_at timestamptz not null default now()
);
create table ledger (
  id bigserial primary key,
  idempotency_key text not null unique,
  order_id uuid not null,
  amount_cents int not null,
  created_at timestamptz not null default now()
);
create table mails (
  id bigserial primary key,
  user_id int not null,
  template text not null,
  order_id uuid unique,
  status text not null default 'queued',
  created_at timestamptz not null default now(),
  sent_at timestamptz
);
create index mails_waiting on mails (id) where status = 'queued';
create table events (
  id bigserial primary key,
  user_id int not null,
  kind text not null,
  created_at timestamptz not null default now()
);

grant select on accounts to auth_app;
grant select on profiles to shop_app;
grant select, insert, update on orders, mails to shop_app;
grant select, insert on ledger to payment_app;
grant select on products to product_app;
grant select on all tables in schema public to analytics_app;
revoke select on accounts from analytics_app;
grant usage on all sequences in schema public to shop_app, payment_app;
