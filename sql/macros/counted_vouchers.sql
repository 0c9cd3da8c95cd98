-- Which vouchers of a relation count for the fund-year: of this fund, paid within the year, not void; a voucher number
-- that comes twice counts once, with the first row it stands in. Refunds are negative amounts and stay as they are.
-- Why macros: public and classified vouchers live in two layers and must be counted by one and the same definition.

-- Vouchers of this fund, paid within the year, not void; repeated rows are still there.
create or replace macro fund_vouchers(relation, first_day, last_day) as table
    with
    fund as (
        select fund_name from staging.budget_approval
    )

    select
        vouchers.voucher_no,
        vouchers.paid_on,
        vouchers.unit_code,
        vouchers.unit_name,
        vouchers.project_code,
        vouchers.quota_doc_no,
        vouchers.payee_name,
        vouchers.payee_account,
        vouchers.amount_yuan,
        vouchers.voucher_status,
        vouchers.original_voucher_no,
        vouchers.source_file,
        vouchers.source_sha256,
        vouchers.source_sheet,
        vouchers.source_row
    from query_table(relation) as vouchers
    where
        vouchers.fund_name = (select fund.fund_name from fund)
        and vouchers.paid_on between first_day and last_day
        and vouchers.voucher_status != 'void';

-- Numbers that come more than once among all rows of the relation.
create or replace macro repeated_numbers(relation) as table
    select voucher_no
    from query_table(relation)
    group by voucher_no
    having count(*) > 1;

-- Numbers that come more than once among them, and the first place of each.
-- Why this shape: hashes of eight bytes say which numbers may repeat, the numbers themselves which do (two that merely
-- share a hash both count), so ten million vouchers need neither a sort nor a table of all their numbers.
create or replace macro repeated_vouchers(relation, first_day, last_day) as table
    with
    repeated_hashes as (
        select hash(voucher_no) as number_hash
        from fund_vouchers(relation, first_day, last_day)
        group by number_hash
        having count(*) > 1
    )

    select
        voucher_no,
        min((source_sheet, source_row)) as first_place
    from fund_vouchers(relation, first_day, last_day)
    where hash(voucher_no) in (select repeated_hashes.number_hash from repeated_hashes)
    group by voucher_no
    having count(*) > 1;

-- The vouchers that count, given the rows of `repeated_vouchers` as a table; for callers that count more than once.
create or replace macro counted_given(relation, repeated, first_day, last_day) as table
    with
    counted as (
        select * from fund_vouchers(relation, first_day, last_day)
    ),

    first_rows as (
        select * from query_table(repeated)
    )

    select counted.*
    from counted
    left join first_rows using (voucher_no)
    where first_rows.first_place is null or first_rows.first_place = (counted.source_sheet, counted.source_row);

-- The vouchers that count.
create or replace macro counted_vouchers(relation, first_day, last_day) as table
    with
    counted as (
        select * from fund_vouchers(relation, first_day, last_day)
    ),

    first_rows as (
        select * from repeated_vouchers(relation, first_day, last_day)
    )

    select counted.*
    from counted
    left join first_rows using (voucher_no)
    where first_rows.first_place is null or first_rows.first_place = (counted.source_sheet, counted.source_row);
