from microservices.common.settings import DatabaseSettings


class Settings(DatabaseSettings):
    service_name: str = "notification-service"
    mail_template: str = "order-paid-v4"
    mails_at_once: int = 20
    work_every_seconds: float = 0.5
