"""Keys, captures, records and pictures."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_time = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    _create_keys()
    _create_captures()
    _create_records()
    _create_pictures()


def downgrade() -> None:
    """Drop the tables with all that is in them."""
    for table in ("pictures", "records", "captures", "keys"):
        op.drop_table(table)


def _create_keys() -> None:
    op.create_table(
        "keys",
        sa.Column("id", _row_id, nullable=False),
        sa.Column("api_key", sa.String(32), nullable=False),
        sa.Column("secret_salt", sa.LargeBinary, nullable=False),
        sa.Column("secret_hash", sa.LargeBinary, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("permissions", sa.JSON, nullable=False),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("calls_under_way_limit", sa.Integer),
        sa.Column("calls_limit", sa.Integer),
        sa.Column("calls_used", sa.Integer, nullable=False),
        sa.Column("created_at", _time, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_keys"),
        sa.UniqueConstraint("api_key", name="uq_keys_api_key"),
    )


def _create_captures() -> None:
    op.create_table(
        "captures",
        sa.Column("token_hash", sa.LargeBinary, nullable=False),
        sa.Column("key_id", _row_id, nullable=False),
        sa.Column("request_id", sa.Text, nullable=False),
        sa.Column("created_at", _time, nullable=False),
        sa.Column("expires_at", _time, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name="pk_captures"),
        sa.ForeignKeyConstraint(["key_id"], ["keys.id"], name="fk_captures_key_id"),
    )
    op.create_index("ix_captures_created_at", "captures", ["created_at"])
    op.create_index("ix_captures_expires_at", "captures", ["expires_at"])


def _create_records() -> None:
    op.create_table(
        "records",
        sa.Column("id", _row_id, nullable=False),
        sa.Column("request_id", sa.Text, nullable=False),
        sa.Column("key_id", _row_id),
        sa.Column("call", sa.Text, nullable=False),
        sa.Column("received_at", _time, nullable=False),
        sa.Column("time_used_ms", sa.Integer, nullable=False),
        sa.Column("status", sa.Integer, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("biz_no", sa.Text),
        sa.Column("uuid", sa.Text),
        sa.Column("procedure_validation", sa.Text),
        sa.Column("face_genuineness", sa.Text),
        sa.Column("attacked", sa.Boolean, nullable=False),
        sa.Column("details", sa.JSON, nullable=False),
        sa.Column("response", sa.JSON, nullable=False),
        sa.Column("expires_at", _time, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_records"),
        sa.UniqueConstraint("request_id", name="uq_records_request_id"),
        sa.ForeignKeyConstraint(["key_id"], ["keys.id"], name="fk_records_key_id"),
    )
    op.create_index("ix_records_biz_no", "records", ["biz_no"])
    op.create_index("ix_records_expires_at", "records", ["expires_at"])
    op.create_index("ix_records_received_at_id", "records", ["received_at", "id"])
    op.create_index("ix_records_uuid_key_id_received_at", "records", ["uuid", "key_id", "received_at"])


def _create_pictures() -> None:
    op.create_table(
        "pictures",
        sa.Column("id", _row_id, nullable=False),
        sa.Column("request_id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("created_at", _time, nullable=False),
        sa.Column("expires_at", _time, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_pictures"),
        sa.UniqueConstraint("request_id", "name", name="uq_pictures_request_id_name"),
        sa.ForeignKeyConstraint(
            ["request_id"], ["records.request_id"], name="fk_pictures_request_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_pictures_created_at", "pictures", ["created_at"])
    op.create_index("ix_pictures_expires_at", "pictures", ["expires_at"])
