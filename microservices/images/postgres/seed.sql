insert into accounts (id, email, password_hash)
select n, format('user%s@shop.example', n), encode(sha256(convert_to(format('%s:password-%s', 'shop', n), 'UTF8')), 'hex')
from generate_series(1, 120) n;

insert into profiles (user_id, name, street, city, email)
select n,
  (array['Ada','Ben','Chloe','Dario','Elif','Femi','Greta','Hugo','Ines','Jonas'])[1 + n % 10] || ' ' ||
  (array['Abel','Brandt','Costa','Diaz','Eriksen','Fischer','Garcia','Haddad','Ivanova','Jensen','Kaya','Lindt'])[1 + n / 10 % 12],
  format('%s Market Street', n),
  (array['Northport','Eastbrook','Southgate'])[1 + n % 3],
  format('user%s@shop.example', n)
from generate_series(1, 120) n;

insert into products (id, name, description, price_cents, stock)
select n,
  (array['Oak','Linen','Copper','Wool','Glass'])[1 + n % 5] || ' ' || (array['lamp','chair','kettle','blanket'])[1 + n / 5 % 4],
  format('Made to last. Item %s of the house collection.', n), 8000 + 200 * n, 100000
from generate_series(1, 20) n;

insert into events (user_id, kind, created_at)
select 1 + n % 120, (array['page','login','checkout'])[1 + n % 3], timestamptz '2025-01-01' + n * interval '1 minute'
from generate_series(1, 5000) n;
