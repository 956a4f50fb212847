"""A report with every block, and the status that is read from it."""

from dataclasses import fields
from datetime import timedelta
from typing import Any

import orjson

from custom_components.stellantis.api.status import (
    Air,
    Alarm,
    Alert,
    Alerts,
    AuxiliaryBattery,
    Battery,
    Belts,
    Charging,
    ChargingProgram,
    ChargingStatus,
    Daylight,
    Doors,
    DrivingMode,
    EmergencyCall,
    Engine,
    Fuel,
    Ignition,
    Kinetic,
    Lighting,
    Maintenance,
    Odometer,
    Position,
    Powertrain,
    Preconditioning,
    PreconditioningStatus,
    Privacy,
    Program,
    Service,
    Status,
    Switched,
    Transmission,
    Trip,
    Wipers,
)
from tests.helpers.status_reports import BEFORE, LONG_AGO, NOW, air, dated, fuel, modern, place, program, report

WHOLE = report(
    lastPosition=place(2.5, 48.5, 120, heading=90),
    ignition=dated(type="Stop"),
    powertrain=dated(status="Running"),
    engines=[
        dated(
            type="Thermic",
            gmpStatus="Running",
            speed=1800.0,
            extension={
                "thermic": {
                    "oil": {"temp": 67.0, "level": 75},
                    "coolant": {"temp": 58.0, "level": 80},
                    "air": {"temp": 24.0},
                }
            },
        )
    ],
    service=dated(type="Hybrid"),
    lightingSystem=dated(
        turn=[{"direction": "Left", "status": "On"}, {"direction": "Right", "status": "Off"}],
        fog=[{"position": "Front", "status": "Off"}, {"position": "Rear", "status": "On"}],
    ),
    transmission=dated(gearbox={"ratio": "Ratio3"}),
    wipingBlades=dated(active=True, speed="Low"),
    battery=dated(voltage=87),
    privacy=dated(state="None"),
    environment={"luminosity": dated(day=True), "air": dated(temp=12.5)},
    odometer=dated(mileage=12978.9),
    kinetic=dated(moving=True, speed=51.5, acceleration=-1.5),
    drivingBehavior=dated(mode="Eco"),
    safety=dated(
        beltStatus=[{"belt": "Normal", "id": "Driver"}, {"belt": "Omission", "id": "Passenger"}],
        autoECallTriggering="NotDetected",
    ),
    doorsState=dated(
        lockedStates=["Locked", "RearDoorsLocked"],
        opening=[{"identifier": "Trunk", "state": "Open"}, {"identifier": "Driver", "state": "Closed"}],
    ),
    alarm={"status": dated(activation="Active"), "trigger": dated(type="TrunkDoorBreakIn", startAt=LONG_AGO)},
    energies=[
        fuel(
            level=40.5,
            autonomy=300,
            extension={"fuel": {"consumptions": {"total": 20365.5, "instant": 5.5}}},
        ),
        modern(
            autonomy=180,
            extension={
                "electric": {
                    "battery": {
                        "load": dated(capacity=44100, residual=27000),
                        "health": dated(capacity=96, resistance=15),
                    },
                    "charging": {
                        "plugged": True,
                        "status": "InProgress",
                        "remainingTime": "PT1H30M",
                        "chargingRate": 20,
                        "chargingPowerLevel": "Level3",
                        "chargingMode": "Slow",
                        "nextDelayedTime": "PT22H30M",
                        "type": "Partial",
                        "schedule": {
                            "programs": [
                                {"start": "PT22H", "end": "PT5H", "enabled": True, "occurence": {"day": ["Sat"]}}
                            ]
                        },
                    },
                }
            },
        ),
    ],
    preconditioning=air("Failure", startingCause="Scheduled", failureCause="DoorOpened", programs=[program()]),
    stolen=dated(state=True, startedAt=LONG_AGO),
)
EXPECTED = Status(
    air=Air(at=NOW, temperature=12.5),
    alarm=Alarm(at=NOW, armed=True, trigger="TrunkDoorBreakIn", triggered_at=BEFORE),
    auxiliary_battery=AuxiliaryBattery(at=NOW, level=87),
    battery=Battery(at=NOW, level=62, range=180, capacity=44100, energy=27000, health=96),
    belts=Belts(at=NOW, driver=True, passenger=False),
    charging=Charging(
        at=NOW,
        status=ChargingStatus.IN_PROGRESS,
        plugged=True,
        remaining=timedelta(minutes=90),
        rate=20,
        mode="Slow",
        power_level="Level3",
        type="Partial",
        delayed_start=timedelta(hours=22, minutes=30),
        programs=(ChargingProgram(start=timedelta(hours=22), end=timedelta(hours=5), days=("Sat",), enabled=True),),
    ),
    daylight=Daylight(at=NOW, day=True),
    doors=Doors(at=NOW, locked=True, trunk=True, driver=False),
    driving_mode=DrivingMode(at=NOW, mode="Eco"),
    emergency_call=EmergencyCall(at=NOW, state="NotDetected"),
    engine=Engine(
        at=NOW,
        speed=1800,
        oil_temperature=67,
        oil_level=75,
        coolant_temperature=58,
        coolant_level=80,
        air_temperature=24,
    ),
    fuel=Fuel(at=NOW, level=40.5, range=300, used=203.655, consumption=5.5),
    ignition=Ignition(at=NOW, type="Stop"),
    kinetic=Kinetic(at=NOW, moving=True, speed=51.5, acceleration=-1.5),
    lighting=Lighting(at=NOW, turn_left=True, turn_right=False, fog_front=False, fog_rear=True),
    odometer=Odometer(at=NOW, mileage=12978.9),
    position=Position(at=NOW, latitude=48.5, longitude=2.5, heading=90),
    powertrain=Powertrain(at=NOW, running=True),
    preconditioning=Preconditioning(
        at=NOW,
        status=PreconditioningStatus.FAILURE,
        starting_cause="Scheduled",
        failure_cause="DoorOpened",
        programs=(Program(slot=2, start=timedelta(hours=7, minutes=40), days=("Mon", "Tue"), enabled=True),),
    ),
    privacy=Privacy(at=NOW, state="None"),
    service=Service(at=NOW, type="Hybrid"),
    stolen=Switched(at=NOW, on=True),
    transmission=Transmission(at=NOW, gear="Ratio3"),
    wipers=Wipers(at=NOW, active=True),
)
EXTRA = Status(
    alerts=Alerts(at=NOW, active=(Alert(id="1", type="FuelLevelLow", severity="Warning", started_at=BEFORE),)),
    immobilization=Switched(at=NOW, on=False).as_assumed(),
    lights=Switched(at=NOW, on=True).as_assumed(),
    maintenance=Maintenance(at=NOW, days=-3, distance=1239.5),
    trip=Trip(at=NOW, id="1", distance=12.5, duration=timedelta(seconds=1489), fuel=0.5, electricity=2.25),
)
FULL = EXPECTED.merge(EXTRA)
NAMES = [field.name for field in fields(Status)]


def value_of(status: Status, block: str, name: str) -> Any:
    found = getattr(status, block)
    return None if found is None else getattr(found, name)


def stored(status: Status) -> Any:
    """Write a status down as Home Assistant does, which takes neither all numbers nor all texts, and read it again."""
    return orjson.loads(orjson.dumps(status.as_dict()))
