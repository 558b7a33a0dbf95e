from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

from microservices.common.clear_cache import add_clear_cache
from microservices.common.database import Database
from microservices.common.http_client import Peer
from microservices.common.periodic import repeating
from microservices.common.service import service_app
from microservices.product_service.catalogue import Catalogue, DatabaseSource
from microservices.product_service.recommendations import Recommendations
from microservices.product_service.settings import Settings

# Often, because a read that failed is tried again as soon; what is fresh is not read.
REFRESH_SECONDS = 1.0


class Product(BaseModel):
    id: int
    name: str
    description: str
    price_cents: int
    stock: int


class Recommended(BaseModel):
    user_id: int
    source: str
    products: list[Product]


def build(settings: Settings) -> FastAPI:
    database = Database(settings)
    catalogue = Catalogue(DatabaseSource(database), settings.catalogue_seconds)
    recommender = Peer("recommendation-service", settings.recommendation_url, settings.recommendation_timeout)
    app = service_app(settings, database.running(), repeating(REFRESH_SECONDS, catalogue.refresh))
    add_routes(app, catalogue, Recommendations(catalogue, recommender, settings.popular_count))
    return app


def add_routes(app: FastAPI, catalogue: Catalogue, recommendations: Recommendations) -> None:
    @app.get("/products/{product_id}")
    async def product(product_id: int) -> Product:
        found = await catalogue.product(product_id)
        if found is None:
            raise HTTPException(404, "no such product")
        return Product.model_validate(found)

    @app.get("/recommendations/{user_id}")
    async def recommended(user_id: int) -> Recommended:
        source, products = await recommendations.for_user(user_id)
        return Recommended(user_id=user_id, source=source, products=[Product.model_validate(one) for one in products])

    add_clear_cache(app, catalogue)
